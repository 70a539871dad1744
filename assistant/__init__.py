"""A small, local assistant that answers questions over a folder of documents.

Importing this package loads nothing heavy. The way in for a program is
`assistant.service.Assistant`; for a person, the `assistant` command.
"""

__version__ = "0.1.0"
