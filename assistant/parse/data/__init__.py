"""XML, JSON and notebooks: prose under its headings, records as paragraphs."""
