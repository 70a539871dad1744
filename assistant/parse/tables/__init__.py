"""Spreadsheets and tables as text: blocks, headings, rows that can be found."""
