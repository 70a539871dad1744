"""Files that hold other files: e-mail with attachments, zip and Kiwix archives."""
