"""The sections of a report, one file a subject: each takes what a comparison found and returns a section."""
