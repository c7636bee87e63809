import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.rmi.server.RMISocketFactory;
import java.util.Arrays;

/** Runs another main class, whose RMI listens on one address and not on all. */
public final class Bound extends RMISocketFactory {
    private final InetAddress address;

    private Bound(InetAddress address) {
        this.address = address;
    }

    @Override
    public ServerSocket createServerSocket(int port) throws IOException {
        return new ServerSocket(port, 0, address);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return new Socket(host, port);
    }

    /** The address, the main class, and its arguments. */
    public static void main(String[] args) throws Exception {
        System.setProperty("java.rmi.server.hostname", args[0]);
        setSocketFactory(new Bound(InetAddress.getByName(args[0])));
        Class.forName(args[1]).getMethod("main", String[].class)
            .invoke(null, (Object) Arrays.copyOfRange(args, 2, args.length));
    }
}
