module github.com/lockstep-tla/lockstep

go 1.26.0

require (
	github.com/jedib0t/go-pretty/v6 v6.8.3 // indirect
	github.com/urfave/cli/v3 v3.14.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/term v0.47.0 // indirect
)
