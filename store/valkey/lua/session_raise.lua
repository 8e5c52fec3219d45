-- Adds one to an epoch, which lives for ever.
return redis.call('INCR', KEYS[1])
