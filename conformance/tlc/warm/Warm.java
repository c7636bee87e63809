import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import tlc2.TLC;
import tlc2.output.EC;
import util.SimpleFilenameToStream;
import util.ToolIO;

/**
 * Runs TLC many times in one JVM, one run after the other. So TLC's classes are loaded
 * once, and its code is compiled once.
 *
 * TLC is made for one run. It keeps what it knows of a spec in static fields. So an image of
 * all static fields, and of every object that can be reached from them, is made before the
 * first run, and is put back before each further one.
 */
public final class Warm {
    private static final int STACK = 16 << 20; // bytes; -Xss says the same of other threads
    private static final long PATIENCE = 200; // milliseconds that the threads of a run may take to end
    // A JVM with more bytes of heap, or more idle threads, makes no further run.
    private static final long LARGE = 1L << 30;
    private static final int MANY = 200;
    private static final int FAILED = 1; // the exit code of a JVM in which an exception ends main

    private Warm() {
    }

    /**
     * Takes the jar with TLC. Runs come through standard input. When that closes, the JVM ends,
     * even amid a run, because its parent is gone.
     */
    public static void main(String[] args) throws Exception {
        BlockingQueue<Request> requests = new SynchronousQueue<>();
        Thread runner = new Thread(() -> serve(args[0], requests), "runner");
        runner.setDaemon(true);
        runner.start();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String word; (word = in.readLine()) != null;) {
            Request request = new Request(word, in.readLine(), Integer.parseInt(in.readLine()));
            for (int i = 0; i < request.options.length; i++) {
                request.options[i] = in.readLine();
            }
            requests.put(request);
        }
        end();
    }

    /** A run that is asked for. */
    private static final class Request {
        final String word; // no spec can say it
        final String folder;
        final String[] options;

        Request(String word, String folder, int options) {
            this.word = word;
            this.folder = folder;
            this.options = new String[options];
        }
    }

    private static volatile boolean busy;

    /** Ends the JVM. What TLC has unpacked goes. */
    private static void end() {
        File folder = new File(System.getProperty("java.io.tmpdir"));
        File[] unpacked = folder.listFiles();
        for (File f : unpacked == null ? new File[0] : unpacked) {
            f.delete();
        }
        folder.delete();
        if (busy) {
            Runtime.getRuntime().halt(0);
        }
        System.exit(0);
    }

    /** Makes the runs. Behind what a run says comes a line with its word, its exit code, and more. */
    private static void serve(String jar, BlockingQueue<Request> requests) {
        PrintStream stderr = System.err;
        try {
            Out out = new Out(System.out);
            System.setOut(new PrintStream(out, false, "UTF-8"));
            OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            Image image = new Image(jar);
            Properties properties = (Properties) System.getProperties().clone();
            while (true) {
                Request request = requests.take();
                busy = true;
                ByteArrayOutputStream errors = new ByteArrayOutputStream();
                System.setErr(new PrintStream(errors, true, "UTF-8"));
                ToolIO.err = System.err;
                int code = run(request);
                boolean again = code != FAILED && code < EC.ExitStatus.ERROR_SYSTEM && threads().length == 0
                    && GROUP.activeCount() < MANY && hasRoom();
                System.out.flush();
                out.endLine();
                if (again) {
                    image.restore();
                    System.setProperties((Properties) properties.clone());
                }
                busy = !again;
                out.write((request.word + " " + code + " " + system.getProcessCpuTime() + " " + again + " "
                    + Base64.getEncoder().encodeToString(errors.toByteArray()) + "\n").getBytes("UTF-8"));
                out.flush();
                if (!again) {
                    end();
                }
            }
        } catch (Throwable t) { // without last words, the run has no verdict
            t.printStackTrace(stderr);
            Runtime.getRuntime().halt(1);
        }
    }

    /** Says whether most of the heap can be used again. */
    private static boolean hasRoom() {
        Runtime java = Runtime.getRuntime();
        long half = java.maxMemory() / 2;
        if (java.totalMemory() - java.freeMemory() > half) {
            System.gc();
        }
        return java.totalMemory() - java.freeMemory() < half && java.totalMemory() < LARGE;
    }

    private static final ThreadGroup GROUP = new ThreadGroup("run");

    /** Makes one run, and returns TLC's exit code. */
    private static int run(Request request) throws InterruptedException {
        int[] code = {FAILED};
        Thread main = new Thread(GROUP, () -> {
            try {
                TLC tlc = new TLC();
                if (tlc.handleParameters(request.options)) {
                    tlc.setResolver(new SimpleFilenameToStream(request.folder));
                    code[0] = EC.ExitStatus.errorConstantToExitStatus(tlc.process());
                }
            } catch (Throwable t) {
                t.printStackTrace();
            }
        }, "main", STACK);
        main.start();
        main.join();
        long deadline = System.nanoTime() + PATIENCE * 1_000_000;
        for (Thread[] left = threads(); left.length > 0 && System.nanoTime() < deadline; left = threads()) {
            left[0].join(1);
        }
        return code[0];
    }

    /** The threads of the run that may still do something. */
    private static Thread[] threads() {
        Thread[] all = new Thread[GROUP.activeCount() + 100];
        return Arrays.stream(all, 0, GROUP.enumerate(all)).filter(t -> !isIdle(t)).toArray(Thread[]::new);
    }

    /** Says whether a thread waits for work: in Java's own pool, or in one that TLC has left. */
    private static boolean isIdle(Thread t) {
        return Arrays.stream(t.getStackTrace()).map(f -> f.getClassName() + "." + f.getMethodName())
            .anyMatch(IDLE::contains);
    }

    private static final Set<String> IDLE = Set.of(
        "java.util.concurrent.ThreadPoolExecutor.getTask",
        "java.util.concurrent.ForkJoinPool.awaitWork",
        "java.util.concurrent.ForkJoinPool.awaitRun"); // Java 11

    /** Collects what is said, and passes it on soon. */
    private static final class Out extends OutputStream {
        private final PrintStream to;
        private final byte[] buffer = new byte[1 << 16];
        private int length;
        private byte last = '\n';

        Out(PrintStream to) {
            this.to = to;
            Thread flusher = new Thread(() -> {
                while (true) {
                    try {
                        Thread.sleep(100);
                    } catch (InterruptedException e) {
                        return;
                    }
                    flush();
                }
            }, "flusher");
            flusher.setDaemon(true);
            flusher.start();
        }

        @Override
        public synchronized void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public synchronized void write(byte[] b, int off, int len) {
            if (len == 0) {
                return;
            }
            if (length + len > buffer.length) {
                flush();
            }
            if (len > buffer.length) {
                to.write(b, off, len);
            } else {
                System.arraycopy(b, off, buffer, length, len);
                length += len;
            }
            last = b[off + len - 1];
        }

        @Override
        public synchronized void flush() {
            to.write(buffer, 0, length);
            to.flush();
            length = 0;
        }

        synchronized void endLine() {
            if (last != '\n') {
                write('\n');
            }
        }
    }

    /** The values of all static fields of TLC, and of all objects that can be reached from them. */
    private static final class Image {
        /** The packages of TLC, and those of collections and counters. */
        private static final Pattern KEPT =
            Pattern.compile("((tlc2|tla2sany|pcal|util|model)(\\..*)?)|java\\.util(\\.concurrent(\\.atomic)?)?");

        private final Map<Class<?>, Field[]> fields = new HashMap<>();
        private final List<Field> statics = new ArrayList<>();
        private final List<Object> values = new ArrayList<>();
        private final IdentityHashMap<Object, Object> objects = new IdentityHashMap<>(); // to their contents

        Image(String jar) throws IOException, ReflectiveOperationException {
            ArrayDeque<Object> reached = new ArrayDeque<>();
            for (Class<?> c : load(jar)) {
                for (Field f : c.getDeclaredFields()) {
                    if (!Modifier.isStatic(f.getModifiers())) {
                        continue;
                    }
                    f.setAccessible(true);
                    Object value = f.get(null);
                    if (!Modifier.isFinal(f.getModifiers())) {
                        statics.add(f);
                        values.add(value);
                    }
                    if (!f.getType().isPrimitive()) {
                        reach(value, reached);
                    }
                }
            }
            while (!reached.isEmpty()) {
                look(reached.pop(), reached);
            }
        }

        /** Loads all classes of the jar that a run may use, in the order of their names. */
        private static List<Class<?>> load(String jar) throws IOException {
            List<Class<?>> loaded = new ArrayList<>();
            try (JarFile file = new JarFile(jar)) {
                List<JarEntry> entries = Collections.list(file.entries());
                entries.sort(Comparator.comparing(JarEntry::getName));
                for (JarEntry e : entries) {
                    String name = e.getName();
                    if (name.matches("(tlc2|tla2sany|pcal|util|model)/.*\\.class") && !name.contains("/distributed/")) {
                        try {
                            loaded.add(Class.forName(name.substring(0, name.length() - 6).replace('/', '.')));
                        } catch (LinkageError | ClassNotFoundException missing) {
                            // It needs a class that this jar does not have, so no run of TLC uses it.
                        }
                    }
                }
            }
            return loaded;
        }

        private void reach(Object o, ArrayDeque<Object> reached) {
            if (o != null && isKept(o.getClass()) && !objects.containsKey(o)) {
                objects.put(o, "");
                reached.push(o);
            }
        }

        /** What can change, and is TLC's own or a collection. */
        private static boolean isKept(Class<?> c) {
            if (c.isArray()) {
                return true;
            }
            return KEPT.matcher(c.getPackageName()).matches();
        }

        private void look(Object o, ArrayDeque<Object> reached) throws IllegalAccessException {
            if (o.getClass().isArray()) {
                int n = Array.getLength(o);
                Object copy = Array.newInstance(o.getClass().getComponentType(), n);
                System.arraycopy(o, 0, copy, 0, n);
                objects.put(o, copy);
                if (o instanceof Object[]) {
                    for (Object element : (Object[]) o) {
                        reach(element, reached);
                    }
                }
                return;
            }
            Field[] of = fieldsOf(o.getClass());
            Object[] content = new Object[of.length];
            for (int i = 0; i < of.length; i++) {
                content[i] = of[i].get(o);
                if (!of[i].getType().isPrimitive()) {
                    reach(content[i], reached);
                }
            }
            objects.put(o, content);
        }

        /** All fields of an object of the class. */
        private Field[] fieldsOf(Class<?> c) {
            Field[] known = fields.get(c);
            if (known == null) {
                List<Field> all = new ArrayList<>();
                for (Class<?> k = c; k != null; k = k.getSuperclass()) {
                    for (Field f : k.getDeclaredFields()) {
                        if (isKept(k) && !Modifier.isStatic(f.getModifiers())) {
                            f.setAccessible(true);
                            all.add(f);
                        }
                    }
                }
                known = all.toArray(new Field[0]);
                fields.put(c, known);
            }
            return known;
        }

        void restore() throws IllegalAccessException {
            for (int i = 0; i < statics.size(); i++) {
                statics.get(i).set(null, values.get(i));
            }
            for (Map.Entry<Object, Object> e : objects.entrySet()) {
                Object o = e.getKey();
                if (o.getClass().isArray()) {
                    System.arraycopy(e.getValue(), 0, o, 0, Array.getLength(o));
                    continue;
                }
                Field[] of = fields.get(o.getClass());
                Object[] content = (Object[]) e.getValue();
                for (int i = 0; i < of.length; i++) {
                    of[i].set(o, content[i]);
                }
            }
        }
    }
}
