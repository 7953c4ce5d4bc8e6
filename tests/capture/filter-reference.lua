-- For tshark: the numbers of the packets that each display filter lets pass, all filters in one pass. The argument names a file with a
-- filter a line; written are lines "#<line> <numbers with commas>", or "!<line>" for a filter that tshark refuses.
local path = ...
local line = 0
for expression in io.lines(path) do
  line = line + 1
  local number = line
  local passing = {}
  local known, tap = pcall(Listener.new, "frame", expression)
  if known then
    function tap.packet(pinfo) passing[#passing + 1] = pinfo.number end
    function tap.draw() io.stdout:write("#", number, " ", table.concat(passing, ","), "\n") end
  else
    io.stdout:write("!", number, "\n")
  end
end
