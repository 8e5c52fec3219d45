-- Which rights the user lacks who runs this, as rules for ACL SETUSER. ARGV: the rules
-- of the commands that are needed, the pattern of keys and some of them, the channel.
local rules, pattern, keys, channel = ARGV[1], ARGV[2], {}, ARGV[3]
for i = 4, #ARGV do keys[#keys + 1] = ARGV[i] end

-- How a command is asked for: K is a key, C the channel.
local forms = {
  set = 'K 1', getrange = 'K 0 1', setrange = 'K 0 1', incrby = 'K 1', pexpire = 'K 1', zadd = 'K 1 1', zrem = 'K 1',
  zcount = 'K 0 1', zrange = 'K 0 1', zrevrange = 'K 0 1', zrangebyscore = 'K 0 1', zrevrangebyscore = 'K 0 1',
  zrangebylex = 'K - +', zlexcount = 'K - +', zscore = 'K 1', zmscore = 'K 1', hget = 'K 1', hdel = 'K 1', hincrby = 'K 1 1',
  get = 'K', mget = 'K', del = 'K', exists = 'K', incr = 'K', persist = 'K', pttl = 'K', zcard = 'K', hgetall = 'K',
  publish = 'C 1', subscribe = 'C', unsubscribe = '', punsubscribe = '', sunsubscribe = '', discard = '', ping = '',
  echo = '1', wait = '1 1', eval = '1 0', evalsha = '1 0', info = '', role = '', time = '', asking = '',
  ['script|load'] = '1', ['client|tracking'] = 'on', ['cluster|info'] = '', ['cluster|shards'] = '', ['cluster|slots'] = '',
}

local function may(rule, key)
  local words = {}
  for word in string.gmatch(string.gsub(rule, '|', ' ') .. ' ' .. forms[rule], '%S+') do
    words[#words + 1] = word == 'K' and key or word == 'C' and channel or word
  end
  local known, allowed = pcall(redis.acl_check_cmd, unpack(words))
  return known and allowed
end

-- A key that some command may read, and some may write, shows which commands may not.
local open
for _, key in ipairs(keys) do
  local read = may('get', key) or may('exists', key)
  local write = may('set', key) or may('zadd', key)
  open = open or read and write and key
end
local heard = may('publish') or may('subscribe')

local lacks = {}
if not open then lacks[#lacks + 1] = pattern end
if not heard then lacks[#lacks + 1] = '&' .. channel end
for rule in string.gmatch(rules, '%+(%S+)') do
  local needs = string.sub(forms[rule], 1, 1)
  if not (needs == 'K' and not open) and not (needs == 'C' and not heard) and not may(rule, open) then
    lacks[#lacks + 1] = '+' .. rule
  end
end
for _, key in ipairs(keys) do
  if open and lacks[1] ~= pattern and (may('get', open) and not may('get', key) or may('set', open) and not may('set', key)) then
    table.insert(lacks, 1, pattern)
  end
end
return lacks
