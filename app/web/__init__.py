"""Flask plumbing that all edges share."""
