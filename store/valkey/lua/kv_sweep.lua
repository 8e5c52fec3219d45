-- KEYS: deadlines of a bucket, then values. ARGV: the deadline up to which a value
-- goes, then the names of the values. Answers how many were removed.
local gone, last = 0, tonumber(ARGV[1])
for i = 2, #KEYS do
  local name = ARGV[i]
  local ends = tonumber(redis.call('ZSCORE', KEYS[1], name) or '')
  if ends and ends <= last then
    redis.call('DEL', KEYS[i])
    redis.call('ZREM', KEYS[1], name)
    gone = gone + 1
  end
end
return gone
