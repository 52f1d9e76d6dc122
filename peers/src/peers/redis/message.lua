-- A chat and what its customer says.
local chat = ARGV[1]
redis.call('RPUSH', 'm:' .. chat, ARGV[2])
local position = redis.call('INCR', 'next')
local row = redis.call('HMGET', 'c:' .. chat, 's', 'k', 'a')
for key in string.gmatch(row[2], '%S+') do
    if row[1] ~= '0' then
        redis.call('ZREM', key .. ':' .. row[1], chat)
    end
    redis.call('ZADD', key .. ':0', position, chat)
end
redis.call('HSET', 'c:' .. chat, 's', 0, 'p', position)
for _, reader in ipairs(row[3] and {row[3]} or redis.call('SMEMBERS', 'operators')) do
    redis.call('HINCRBY', 'u:' .. reader, chat, 1)
    redis.call('INCR', 'um:' .. reader)
end
