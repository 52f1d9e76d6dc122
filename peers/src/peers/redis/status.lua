-- A chat and its new status.
local chat, status = ARGV[1], ARGV[2]
local row = redis.call('HMGET', 'c:' .. chat, 's', 'p', 'k')
if row[1] == status then
    return
end
for key in string.gmatch(row[3], '%S+') do
    redis.call('ZREM', key .. ':' .. row[1], chat)
    redis.call('ZADD', key .. ':' .. status, row[2], chat)
end
redis.call('HSET', 'c:' .. chat, 's', status)
