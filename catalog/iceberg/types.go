package iceberg

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/apache/iceberg-go"
)

// types are those of the engine that Iceberg has too, by their name in the engine.
var types = map[string]iceberg.Type{
	"BOOLEAN": iceberg.PrimitiveTypes.Bool, "TINYINT": iceberg.PrimitiveTypes.Int32, "SMALLINT": iceberg.PrimitiveTypes.Int32,
	"INTEGER": iceberg.PrimitiveTypes.Int32, "BIGINT": iceberg.PrimitiveTypes.Int64, "FLOAT": iceberg.PrimitiveTypes.Float32,
	"DOUBLE": iceberg.PrimitiveTypes.Float64, "VARCHAR": iceberg.PrimitiveTypes.String, "DATE": iceberg.PrimitiveTypes.Date,
	"TIMESTAMP": iceberg.PrimitiveTypes.Timestamp, "TIMESTAMP WITH TIME ZONE": iceberg.PrimitiveTypes.TimestampTz,
}

var decimalType = regexp.MustCompile(`^DECIMAL\((\d+),(\d+)\)$`)

// typeOf returns the type of a column.
func typeOf(column Column) (iceberg.Type, error) {
	if known := types[column.Type]; known != nil {
		return known, nil
	}
	if parts := decimalType.FindStringSubmatch(column.Type); parts != nil {
		precision, _ := strconv.Atoi(parts[1])
		scale, _ := strconv.Atoi(parts[2])
		return iceberg.DecimalTypeOf(precision, scale), nil
	}
	return nil, fmt.Errorf("column %s is %s, which Iceberg has no type for: cast it in its SQL file", column.Name, column.Type)
}
