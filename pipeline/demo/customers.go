package demo

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// shop is a customer of the child: a name in one city.
type shop struct {
	id     string
	name   string
	city   int // index into cities
	weight int
	joined time.Time
}

var cities = [3]string{"Bengaluru", "Hyderabad", "New Delhi"}

// cityTypos are the ones that the rules correct.
var cityTypos = [3][]string{
	{"Bengaluruu", "Bengalore"},
	{"Hyderabadd", "Hyderbad"},
	{"NewDelhi", "NewDheli", "NewDelhee"},
}

// chains are the child's customers by name, in the order in which they came.
var chains = []struct {
	name   string
	joined time.Time
}{
	{name: "Amber Lane Grocers"},
	{name: "Banyan Gym Store"},
	{name: "Copper Pot Kitchen"},
	{name: "Daily Stride Market"},
	{name: "Eastwind Health Shop"},
	{name: "Fern & Fig"},
	{name: "Golden Lap Club"},
	{name: "Harbour Wellness"},
	{name: "Indigo Pantry"},
	{name: "Juniper Fitness Hub"},
	{name: "Marathoner's Corner"},
	{name: "Lantern Organic"},
	{name: "Monsoon Mart"},
	{name: "Neem Tree Stores"},
	{name: "Orchid Health Mart", joined: day(2025, time.January, 20)},
	{name: "Paddle & Pine", joined: day(2025, time.March, 3)},
	{name: "Quarry Climb Cafe", joined: day(2025, time.May, 12)},
	{name: "Riverbank Provisions", joined: day(2025, time.July, 14)},
	{name: "Saffron Shelf", joined: day(2025, time.August, 18)},
	{name: "Umber Cycle Cafe", joined: day(2025, time.September, 1)},
	{name: "Violet Vitamin Store", joined: day(2025, time.September, 22)},
	{name: "Willow Basket", joined: day(2025, time.October, 6)},
	{name: "Yellow Door Deli", joined: day(2025, time.November, 3)},
}

// shops lists the child's customers.
func shops() []shop {
	var all []shop
	for i, chain := range chains {
		for city := range cities {
			if i%3 != 0 && city == i%len(cities) {
				continue // two of three chains are missing in one city
			}
			all = append(all, shop{
				id:     strconv.Itoa(610101 + 10*i + city),
				name:   chain.name,
				city:   city,
				weight: 30 + (i*37+city*11)%70,
				joined: chain.joined,
			})
		}
	}
	return all
}

// customers delivers the child's customers: the master, and a later file with the newest chains and some corrections.
func (d *delivery) customers(ctx context.Context) error {
	const table = "customers"
	header := []string{"customer_id", "customer_name", "city"}
	master, later := newSheet(header...), newSheet(header...)
	var delivered []shop
	seen := [3]int{}
	for i, s := range shops() {
		if s.joined.After(oddMonth) {
			later.row(s.id, s.name, cities[s.city])
			continue
		}
		delivered = append(delivered, s)
		name, city := s.name, cities[s.city]
		switch {
		case i%8 == 3:
			first, rest, _ := strings.Cut(name, " ")
			name = first + " " + strings.ToLower(rest)
			master.plant(table + "/cleaned/small first letters")
		case i%8 == 6:
			name = " " + name + " "
			master.plant(table + "/cleaned/blanks around text")
		}
		seen[s.city]++
		switch n := seen[s.city]; {
		case n%3 == 0:
			typos := cityTypos[s.city]
			city = typos[n/3%len(typos)]
			master.plant(table + "/cleaned/city typo")
		case n == 4:
			city = ""
			master.plant(table + "/cleaned/city missing")
		case n == 7 && s.city == 0:
			city = "Nowherabad"
			master.plant(table + "/cleaned/city nobody knows")
		}
		master.row(s.id, name, city)
	}
	for _, s := range delivered[2:5] {
		master.dirty(table+"/duplicate/same file", s.id, s.name, cities[s.city])
	}
	master.dirty(table+"/missing_key/empty", "", "Unsigned Stall", "Hyderabad")
	master.dirty(table+"/missing_key/blanks only", "  ", "Unsigned Kiosk", "New Delhi")
	master.dirty(table+"/malformed_line/too many fields", "610991", "Thistle Trading", " Sons & Co", "Bengaluru")
	master.dirty(table+"/malformed_line/too few fields", "610992", "Half A Line")
	for _, s := range delivered[7:11] {
		later.dirty(table+"/superseded/later file", s.id, s.name, cities[s.city])
	}
	if err := d.sendSheet(ctx, table, "child/customers/customers.csv", master, d.masterTime()); err != nil {
		return err
	}
	return d.sendSheet(ctx, table, "child/customers/customers_later.csv", later, d.laterTime())
}

// masterTime is when the masters were delivered, yearTime when a year's prices were.
func (d *delivery) masterTime() time.Time { return yearTime(d.cfg.parentStart().Year()) }
func yearTime(year int) time.Time         { return day(year, time.January, 1).Add(6 * time.Hour) }

// laterTime is when the files that add to them and correct them were: after them in a lake that ends in January, too.
func (d *delivery) laterTime() time.Time { return monthOf(d.cfg.LastDay).Add(9 * time.Hour) }
