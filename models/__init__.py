"""Recurrent networks and distribution heads; they know nothing of firms, files or tracking."""
