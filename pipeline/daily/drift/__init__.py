"""Whether the newest days are like those before: of the data, and of the champion."""
