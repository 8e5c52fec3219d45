// Package order holds the search for an order of calls (sim/history) against another
// one, porcupine, which others have used on many stores: on histories that have an order
// and on such that have none, both must say the same.
package order
