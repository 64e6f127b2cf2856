-- What all scripts share. KEYS[1] begins every key; ARGV[1] holds the limits. A script is one step: nobody sees half of it.
--
--   run:ID         a run: doc, what it is listed under, due, epoch, the last epoch committed, entry if it is handed out
--   open           the runs that have not ended, each with its shares: the application and the accounts it takes up
--   due            those that wait, by the time their look is due; a run is either here or handed out, never both
--   ready          the looks handed out, to be read by whoever is free: a stream with a consumer group, whose
--                  pending entries are the claims and whose idle times are their leases
--   busy:SHARE     the runs handed out that take up a share
--   progress:ID    how far a look has come; gone with the lease
--   runs, ended, application:NAME, config:NAME, verdict:NAME     what is listed: ids, which sort by age
--   scorecards:ID, key:NAME, configs, uses:DIGEST
--   deliveries:ID  what a run has to tell, by the delivery's id
--   outbox         the deliveries that are to be attempted, as `RUN DELIVERY`, by the time they are due
--   documents:KIND documents by name, each its version, a blank and its body
--   document-versions:KIND their versions alone, by name
--   document-changes the version given last
local limits = cjson.decode(ARGV[1])

local function key(...)
  return KEYS[1] .. ':' .. table.concat({ ... }, ':')
end

local RUNS, ENDED, OPEN, DUE, READY = key('runs'), key('ended'), key('open'), key('due'), key('ready')
local OUTBOX = key('outbox')
local GROUP = 'workers'

-- Milliseconds, by the only clock that all replicas share.
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- When a look is due, of what the caller says: `now` if by the caller's own clock it is, so that a clock that is ahead
-- of Redis' delays nothing; empty if no look is.
local function due_at(due)
  return due == 'now' and string.format('%.0f', now()) or due
end

local function tell(id)
  redis.call('PUBLISH', key('changes'), id)
end

-- Takes a run out of the queue. What was claimed before is fenced off.
local function unqueue(id)
  local run = key('run', id)
  -- First, since a Redis that is out of memory refuses it, and with it the whole script.
  redis.call('HINCRBY', run, 'epoch', 1)
  local entry = redis.call('HGET', run, 'entry')
  if entry then
    redis.call('XACK', READY, GROUP, entry)
    redis.call('XDEL', READY, entry)
    redis.call('HDEL', run, 'entry')
    for _, share in ipairs(cjson.decode(redis.call('HGET', OPEN, id))) do
      redis.call('SREM', key('busy', share), id)
    end
    redis.call('DEL', key('progress', id))
  end
  redis.call('ZREM', DUE, id)
end

-- Lets a run that is not in the queue wait for its look.
local function wait(id)
  redis.call('ZADD', DUE, redis.call('HGET', key('run', id), 'due'), id)
end

local function has_room(shares)
  for _, share in ipairs(shares) do
    local limit = share:find('application:', 1, true) == 1 and limits.perApplication or limits.perAccount
    if redis.call('SCARD', key('busy', share)) >= limit then
      return false
    end
  end
  return true
end

local function hand_out(id, shares)
  local entry = redis.call('XADD', READY, '*', 'run', id)
  redis.call('HSET', key('run', id), 'entry', entry)
  redis.call('ZREM', DUE, id)
  for _, share in ipairs(shares) do
    redis.call('SADD', key('busy', share), id)
  end
end

-- Hands out the looks that are due, the longest due first, as far as applications and accounts have room.
local function pump()
  local at, passed, full = now(), 0, {}
  repeat
    local due = redis.call('ZRANGE', DUE, '-inf', at, 'BYSCORE', 'LIMIT', passed, 500)
    local all = #due > 0 and redis.call('HMGET', OPEN, unpack(due)) or {}
    for i, id in ipairs(due) do
      -- Most of those that wait for room take up the same shares.
      local shares = not full[all[i]] and cjson.decode(all[i])
      if shares and has_room(shares) then
        hand_out(id, shares)
      else
        full[all[i]] = true
        passed = passed + 1
      end
    end
  until #due < 500
end

-- Keeps what a run has to tell, and lets it wait to be delivered.
local function post(id, messages)
  for _, message in ipairs(cjson.decode(messages)) do
    redis.call('HSET', key('deliveries', id), message.id, message.doc)
    redis.call('ZADD', OUTBOX, due_at(message.due), id .. ' ' .. message.id)
  end
end

local function set_verdict(id, verdict)
  local run = key('run', id)
  redis.call('ZREM', key('verdict', redis.call('HGET', run, 'verdict')), id)
  redis.call('ZADD', key('verdict', verdict), 0, id)
  redis.call('HSET', run, 'verdict', verdict)
end

-- Marks a run that is not in the queue as ended.
local function finish(id)
  redis.call('HDEL', OPEN, id)
  redis.call('ZADD', ENDED, 0, id)
end
