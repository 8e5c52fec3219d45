package rate

type Limiter struct{}
