-- Placeholder of the ledger.
return 0
