"""How views document themselves; app/openapi builds the document from it."""
