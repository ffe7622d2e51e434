import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the queries of standard input, one a line, from a DuckDB file opened read-only by DuckDB's JDBC driver, as DBeaver does.
 *
 * <p>Reader FILE opens FILE; Reader FILE ALIAS attaches FILE under that name instead.
 *
 * <p>Prints a line a query: the number of columns and of rows, and of a single row its values. All rows are fetched as values
 * of Java, so that a type the driver cannot hand over would fail. cmd/fmcg/clients_test.go says what they must be.
 */
class Reader {
    public static void main(String[] args) throws Exception {
        var attached = args.length > 1;
        var url = attached ? "jdbc:duckdb:" : "jdbc:duckdb:" + args[0] + ";access_mode=READ_ONLY";
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement()) {
            if (attached) {
                statement.execute("attach '" + args[0] + "' as " + args[1] + " (read_only)");
            }
            for (var query : new BufferedReader(new InputStreamReader(System.in)).lines().toList()) {
                try (var result = statement.executeQuery(query)) {
                    var columns = result.getMetaData().getColumnCount();
                    var rows = 0;
                    List<Object> values = new ArrayList<>();
                    while (result.next()) {
                        values.clear();
                        rows++;
                        for (var column = 1; column <= columns; column++) {
                            values.add(result.getObject(column));
                        }
                    }
                    var line = new StringBuilder(columns + "\t" + rows);
                    if (rows == 1) {
                        values.forEach(value -> line.append("\t").append(value));
                    }
                    System.out.println(line);
                }
            }
        }
    }
}
