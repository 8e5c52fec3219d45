-- with session
-- Says where a record with a subject is going to be, unless its ref is taken.
local ref, subject, px = ARGV[1], ARGV[2], ARGV[3]
if redis.call('EXISTS', base .. 'p:' .. ref, base .. 'r:' .. ref) > 0 then return 0 end
redis.call('SET', base .. 'p:' .. ref, subject, 'PX', px)
return 1
