-- with session
-- Counts the records of a shard by the key that they are sealed under.
local out = {}
for _, z in ipairs({ 'k', 'o' }) do
  local from = '-'
  while true do
    local m = redis.call('ZRANGEBYLEX', base .. z, from, '+', 'LIMIT', 0, 1)[1]
    if not m then break end
    local kid = string.sub(m, 1, 8)
    from = '(' .. kid .. 'g' -- behind every ref of it
    out[#out + 1] = kid
    out[#out + 1] = redis.call('ZLEXCOUNT', base .. z, '[' .. kid, from)
  end
end
return out
