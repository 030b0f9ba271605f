"""What runs beside the requests: checks, backups and housekeeping."""
