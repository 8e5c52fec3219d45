package clock

func start() {
	go start() // want `L07: go statement`
}
