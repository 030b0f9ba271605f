"""The database: tables, hot statements, connections, transactions and upgrades."""
