-- The one conditional write of accounts: if every key that was read still holds what
-- was read, make all writes, else none.
--
-- KEYS: first those that were read, then the others that are written.
-- ARGV: how many were read; what each of them held, empty for nothing; then the
-- writes, each a verb, the number of its key and its arguments.
--
-- Returns 0, or the number of the first key that holds something else.
local read = tonumber(ARGV[1])
for i = 1, read do
  if (redis.call('GET', KEYS[i]) or '') ~= ARGV[1 + i] then
    return i
  end
end
local function each(make)
  local at = read + 2
  local function arg()
    at = at + 1
    return ARGV[at - 1]
  end
  while at <= #ARGV do
    local verb = arg()
    make(verb, KEYS[tonumber(arg())], arg)
  end
end

-- First the writes that a key of another type would refuse: half of them made is
-- what nobody has asked for.
each(function(verb, key, arg)
  if verb == 'set' then
    arg()
  elseif verb == 'zadd' then
    arg()
    redis.call('ZSCORE', key, arg())
  elseif verb == 'zrem' then
    redis.call('ZSCORE', key, arg())
  elseif verb == 'add' then
    local now = redis.call('HGET', key, arg()) or '0'
    if not tonumber(now) then
      error({err = 'ERR a count is no number'})
    end
    arg()
  elseif verb == 'incr' then
    if not tonumber(redis.call('GET', key) or '0') then
      error({err = 'ERR a count is no number'})
    end
    arg()
  elseif verb ~= 'del' then
    error({err = 'ERR unknown write'})
  end
end)
each(function(verb, key, arg)
  if verb == 'set' then
    redis.call('SET', key, arg())
  elseif verb == 'del' then
    redis.call('DEL', key)
  elseif verb == 'zadd' then
    local score = arg()
    redis.call('ZADD', key, score, arg())
  elseif verb == 'zrem' then
    redis.call('ZREM', key, arg())
  elseif verb == 'incr' then
    if redis.call('INCRBY', key, arg()) == 0 then
      redis.call('DEL', key)
    end
  else
    local field = arg()
    if redis.call('HINCRBY', key, field, arg()) == 0 then
      redis.call('HDEL', key, field)
    end
  end
end)
return 0
