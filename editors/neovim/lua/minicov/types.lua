---@meta
-- What the server sends (docs/protocol: rows from 0, ends inclusive, positions in the client's encoding)
-- and what the plugin's files hand to each other.

---@alias minicov.Mark "covered"|"partial"|"missed"|"excluded"|"edited"
---@alias minicov.State "fresh"|"stale"|"none"|"running"

---A pair of how many were hit and how many there are.
---@alias minicov.Ratio [integer, integer]

---First row, last row (inclusive) and their mark.
---@alias minicov.MarkedRows [integer, integer, minicov.Mark]

---@class (exact) minicov.Span
---@field range lsp.Range
---@field kind "branch"|"condition"|"region"
---@field message string

---What is not measured is not there.
---@class (exact) minicov.Summary
---@field statements minicov.Ratio
---@field branches minicov.Ratio?
---@field conditions minicov.Ratio?
---@field complexity integer?

---What the server knows of one document; the parameters of `minicov/gutters`.
---@class (exact) minicov.Picture
---@field uri lsp.DocumentUri
---@field version integer?
---@field state minicov.State
---@field runs minicov.MarkedRows[] ascending, not overlapping
---@field spans minicov.Span[]
---@field summary minicov.Summary?

---@class (exact) minicov.FileSummary
---@field uri lsp.DocumentUri
---@field summary minicov.Summary

---@class (exact) minicov.CoveringTest
---@field id string
---@field label string
---@field location lsp.Location?
---@field outcome minicov.Outcome?
---@field duration number? seconds

---@alias minicov.Outcome "passed"|"failed"|"error"|"skipped"|"xfailed"|"xpassed"|"cancelled"

---The parameters of `minicov/testRun`.
---@class (exact) minicov.RunEvent
---@field runId string
---@field event "started"|"test"|"output"|"finished"
---@field tests string[]? of "started"
---@field id string? of "test"
---@field outcome minicov.Outcome? of "test" and "finished"
---@field duration number? of "test", seconds
---@field message string? of "test"
---@field text string? of "output"
---@field counts table<minicov.Outcome, integer>? of "finished"

---A run of tests as the editor saw it so far.
---@class (exact) minicov.Run
---@field id string
---@field client_id integer
---@field progress string? how far it is, in the server's words
---@field counts table<minicov.Outcome, integer>
---@field outcome minicov.Outcome? nil while it goes on
---@field output string[] pieces, as they came; only the end of a very long output
---@field output_size integer bytes

---@class (exact) minicov.SignOptions
---@field text string one or two cells; empty for no sign
---@field priority integer

---@class (exact) minicov.SignsOptions
---@field enabled boolean
---@field number_highlight boolean
---@field covered minicov.SignOptions
---@field partial minicov.SignOptions
---@field missed minicov.SignOptions
---@field excluded minicov.SignOptions
---@field edited minicov.SignOptions

---@class (exact) minicov.SpansOptions
---@field highlight boolean
---@field virtual_text boolean

---@class (exact) minicov.Config
---@field cmd string[]
---@field enable boolean
---@field settings table<string, any>
---@field signs minicov.SignsOptions
---@field spans minicov.SpansOptions
---@field quiet_diagnostics boolean
---@field code_lens boolean
---@field notify "all"|"failures"|"none"
---@field write_before_run boolean
---@field statusline ("state"|"run"|"statements"|"branches"|"conditions"|"complexity")[]

---One line of the configuration's schema.
---@class (exact) minicov.Option
---@field name string dotted path
---@field type string "boolean", "integer", "string", "string[]", "table", or the allowed strings in `values`
---@field values string[]?
---@field default any
---@field doc string

---@class (exact) minicov.Subcommand
---@field name string
---@field arguments string[] what may follow the name; the first is the default
---@field doc string
---@field run fun(argument: string?, target: minicov.Target)

---What a command is about.
---@class (exact) minicov.Target
---@field bufnr integer
---@field range [integer, integer]? rows from 0, inclusive; nil when the user gave none
