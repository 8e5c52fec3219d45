-- KEYS: indexes. ARGV: how many; the time of the last event read and its id, or +inf
-- and nothing. Answers pairs of id and time, of each index as many as asked for,
-- newest first.
local limit, at, id = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local out = {}
for _, key in ipairs(KEYS) do
  local offset, found = 0, 0
  while found < limit do
    local page = redis.call('ZREVRANGEBYSCORE', key, at, '-inf', 'WITHSCORES', 'LIMIT', offset, limit)
    for i = 1, #page, 2 do
      if found < limit and (id == '' or tonumber(page[i + 1]) < tonumber(at) or page[i] < id) then
        out[#out + 1], out[#out + 2] = page[i], page[i + 1]
        found = found + 1
      end
    end
    if #page < 2 * limit then break end
    offset = offset + limit
  end
end
return out
