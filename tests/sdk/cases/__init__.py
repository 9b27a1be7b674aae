"""One module per SDK surface; each has `run(suite)`."""
