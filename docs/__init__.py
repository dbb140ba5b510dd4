"""The documentation, and the generators that `./run docs` runs."""
