"""PDF and pictures, with the recognition of words in them."""
