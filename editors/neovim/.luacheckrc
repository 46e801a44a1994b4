std = "luajit"
cache = false
max_line_length = 120
globals = { "vim" }
