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
-- No version comes twice: what is removed and written again is not what somebody has read.
-- What earlier versions of the program wrote was counted for each document.
local last = redis.call('GET', key('document-changes')) or '0'
local now = math.max(tonumber(last), tonumber(is)) + 1
local is_now = string.format('%.0f', now)
redis.call('SET', key('document-changes'), is_now)
redis.call('HSET', documents, name, is_now .. ' ' .. body)
redis.call('HSET', versions, name, is_now)
return { 1, now }
