-- Writes or removes a document that is at this version: {whether it was, its version now}. `action` is `write` or `remove`.
local _, kind, name, version, action, body = unpack(ARGV)
local documents = key('documents', kind)
local versions = key('document-versions', kind)
local current = redis.call('HGET', documents, name)
local is = current and current:match('^%d+') or '0'
if is ~= version then
  return { 0, tonumber(is) }
end
-- No version comes twice: what is removed and written again is not what somebody has read. Earlier versions of the program had a
-- count for each document.
local last = math.max(tonumber(redis.call('GET', key('document-changes')) or 0), tonumber(is))
local function set_last(version)
  redis.call('SET', key('document-changes'), string.format('%.0f', version))
end
if action == 'remove' then
  set_last(last)
  redis.call('HDEL', documents, name)
  redis.call('HDEL', versions, name)
  return { 1, 0 }
end
local now = last + 1
set_last(now)
local is_now = string.format('%.0f', now)
redis.call('HSET', documents, name, is_now .. ' ' .. body)
redis.call('HSET', versions, name, is_now)
return { 1, now }
