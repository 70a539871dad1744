"""Word processors and presentations: Office Open XML, OpenDocument, the old formats."""
