"""The API's documentation: an OpenAPI 3.1 document, and a page that shows it."""
