-- Writes or removes a document that is at this version: {whether it was, its version now}. `action` is `write` or `remove`.
local _, kind, name, version, action, body = unpack(ARGV)
local documents = key('documents', kind)
local versions = key('document-versions', kind)
local current = redis.call('HGET', documents, name)
local is = current and current:match('^%d+') or '0'
if is ~= version then
  return { 0, tonumber(is) }
end
if action == 'remove' then
  redis.call('HDEL', documents, name)
  redis.call('HDEL', versions, name)
  return { 1, 0 }
end
local now = string.format('%.0f', is + 1)
redis.call('HSET', documents, name, now .. ' ' .. body)
redis.call('HSET', versions, name, now)
return { 1, is + 1 }
