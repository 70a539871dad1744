"""Plain text and the formats that people write as text."""
