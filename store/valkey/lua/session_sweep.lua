-- with session
-- Removes what has been dead since before a time, and what has already gone.
local before, limit = ARGV[1], ARGV[2]
local n = 0
for _, m in ipairs(redis.call('ZRANGEBYSCORE', base .. 'd', '-inf', '(' .. before, 'LIMIT', 0, limit)) do
  local ref, kid = string.sub(m, 1, 32), string.sub(m, 33)
  local h = read(ref)
  if not h then
    delist(ref, kid)
    gone[#gone + 1] = ref
  elseif h.kid ~= kid then
    delist(ref, kid)
  elseif h.ends >= tonumber(before) then
    redis.call('ZADD', base .. 'd', num(h.ends), m)
  else
    drop(ref, true)
  end
end
return { #gone, gone, away }
