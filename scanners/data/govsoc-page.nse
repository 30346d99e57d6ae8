local base64 = require "base64"
local http = require "http"
local shortport = require "shortport"

description = [[
Reads the front page of a web server, so that a hash of it can tell since when it has not
changed. One GET of "/", at most 64 KiB, and one more where the answer moves on within the
server; nothing is sent to anybody else.
]]

author = "GovSOC"
license = "Same as GovSOC"
categories = {"safe", "discovery"}

portrule = shortport.http

local OPTIONS = {max_body_size = 65536, truncated_ok = true, redirect_ok = false, timeout = 5000}

action = function(host, port)
  local answer = http.get(host, port, "/", OPTIONS)
  local place = answer.header and answer.header.location
  if place and place:match("^/[^/]") then
    answer = http.get(host, port, place, OPTIONS)
  end
  if answer.status == 200 and answer.body and #answer.body > 0 then
    return base64.enc(answer.body:sub(1, 65536))
  end
end
