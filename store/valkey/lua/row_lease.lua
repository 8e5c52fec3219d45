-- Hands out rows of one topic that are due, oldest first, and hides them.
--
-- KEYS: the queue, the counts of leases.
-- ARGV: how many at most, now, until, and how many of those that were leased before
-- are looked at: beyond it, the ones due longest.
--
-- A member begins with the time of its row, so that members are in the order of
-- their rows. Returns member and count in turn, in no order.
local limit = tonumber(ARGV[1])
local due = redis.call('ZRANGE', KEYS[1], 0, 0, 'BYSCORE', 'LIMIT', 0, limit)
local again = redis.call('ZRANGE', KEYS[1], '(0', ARGV[2], 'BYSCORE', 'LIMIT', 0, ARGV[4])
for _, member in ipairs(again) do
  due[#due + 1] = member
end
if #again > 0 and #due > limit then
  -- Strings are compared byte by byte: the server's own order of text may be that of
  -- a language.
  table.sort(due, function(a, b)
    for i = 1, #a do
      local x, y = string.byte(a, i), string.byte(b, i)
      if x ~= y then
        return x < (y or 0)
      end
    end
    return false
  end)
end
local out = {}
for i = 1, math.min(limit, #due) do
  redis.call('ZADD', KEYS[1], ARGV[3], due[i])
  out[#out + 1] = due[i]
  out[#out + 1] = redis.call('HINCRBY', KEYS[2], due[i], 1)
end
return out
