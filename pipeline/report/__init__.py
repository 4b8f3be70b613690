"""The HTML report: figures of each stage's output, and the page that holds them."""
