-- Closes the connections to a gateway that is down because it says nothing. What it had not begun to answer is then sent to
-- another one; a stream in it breaks now, and not when its client gives up.
--
-- `on-marked-down shutdown-sessions` would do that to every gateway that is down. One that leaves refuses connections, and so
-- its health checks, while it finishes what runs.
local pause_ms = 100

local function close_silent()
    while true do
        core.msleep(pause_ms)
        -- When nobody is up, it may be HAProxy that stood still; and there is nobody to send anything to.
        local is_any_up = false
        for _, server in pairs(core.backends["gateways"].servers) do
            is_any_up = is_any_up or string.find(server:get_stats().status, "UP", 1, true) == 1
        end
        for _, server in pairs(is_any_up and core.backends["gateways"].servers or {}) do
            local stats = server:get_stats()
            local is_silent = string.find(stats.check_status or "", "TOUT", 1, true)
            if is_silent and string.find(stats.status, "DOWN", 1, true) == 1 and (tonumber(stats.scur) or 0) > 0 then
                core.log(core.warning, "Closing " .. stats.scur .. " sessions of " .. stats.svname .. ", which is silent")
                server:shut_sess()
            end
        end
    end
end

core.register_task(close_silent)
