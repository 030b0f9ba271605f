"""Flask plumbing that every edge shares."""
