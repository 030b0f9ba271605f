"""The database: tables, frequent statements, connections, transactions, upgrades."""
