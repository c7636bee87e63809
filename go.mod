module github.com/lockstep-tla/lockstep

go 1.26
