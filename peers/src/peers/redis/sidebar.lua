-- A manager, the number of managers and of tags. A script sees one moment.
local manager = ARGV[1]
local numbers = {}
local function add(key)
    numbers[#numbers + 1] = redis.call('ZCARD', key)
end
for _, key in ipairs({'a' .. manager, 'all', 'none'}) do
    for status = 0, 2 do
        add(key .. ':' .. status)
    end
end
numbers[#numbers + 1] = redis.call('HLEN', 'u:' .. manager)
numbers[#numbers + 1] = tonumber(redis.call('GET', 'um:' .. manager) or 0)
for other = 1, ARGV[2] do
    add('a' .. other .. ':0')
end
for tag = 0, ARGV[3] - 1 do
    add('t' .. tag .. ':0')
end
return numbers
