-- with session
-- One page of the live sessions of a subject, newest first, after a ref.
local now, subject, after, limit, g, t = tonumber(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local u = tonumber(redis.call('GET', base .. 'e:' .. subject) or '0')
local page, found = {}, after == ''
for _, ref in ipairs(redis.call('ZREVRANGE', base .. 'u:' .. subject, 0, -1)) do
  local h = read(ref)
  if h and h.ends > now and h.g >= g and h.t >= t and h.u >= u then
    if found then
      if #page == limit then break end
      page[#page + 1] = redis.call('GET', base .. 'r:' .. ref)
    elseif ref == after then
      found = true
    end
  end
end
if not found then return false end
return page
