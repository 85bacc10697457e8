//! A real cluster of Spark on this machine: a master and workers, each its own process, and nothing of it can be reached from another machine.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything is waited for while nothing is said: a machine under load takes long to start a JVM.
const PATIENCE: Duration = Duration::from_secs(180);

/// Where PySpark is.
pub struct Spark {
    python: PathBuf,
    home: String,
}

impl Spark {
    /// That of the Python which `RAYSCOPE_SPARK` names.
    pub fn given() -> Spark {
        let python =
            std::env::var_os("RAYSCOPE_SPARK").expect("RAYSCOPE_SPARK names a Python that has PySpark");
        let asked = "import os, pyspark; print(os.path.dirname(pyspark.__file__))";
        let told = Command::new(&python).args(["-c", asked]).output().expect("that Python");
        let home = String::from_utf8(told.stdout).expect("a path in UTF-8").trim().to_owned();
        assert!(!home.is_empty(), "{}", String::from_utf8_lossy(&told.stderr));
        Spark { python: python.into(), home }
    }

    fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = Command::new(format!("{}/bin/{program}", self.home));
        command.env("SPARK_HOME", &self.home).env("SPARK_CONF_DIR", folder).env("SPARK_LOCAL_DIRS", folder);
        command.env("SPARK_LOCAL_IP", "127.0.0.1").env("SPARK_DAEMON_MEMORY", "256m");
        // It has a port of its own, the same for every master.
        command.env("SPARK_MASTER_OPTS", "-Dspark.master.rest.enabled=false");
        command.env("PYSPARK_PYTHON", &self.python).current_dir(folder);
        command
    }
}

/// A process with those that it started, and what it says.
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    fn start(mut command: Command, log: PathBuf) -> Running {
        let said = File::create(&log).expect("a log");
        let also = said.try_clone().expect("a log");
        command.stdin(Stdio::null()).stdout(also).stderr(said).process_group(0);
        Running { child: command.spawn().expect("Spark's script"), log }
    }

    /// Where that is written.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// What it has said so far.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).expect("a log")).into_owned()
    }

    /// Kills it with all that it started, as a machine that loses its power.
    pub fn kill(&mut self) {
        let group = format!("-{}", self.child.id());
        // It may have ended by itself.
        let _ = Command::new("kill").args(["-9", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        let mut status = None;
        wait("the end of the job", &self.log.clone(), || {
            status = self.child.try_wait().expect("a child");
            status.is_some()
        });
        status.expect("an end")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A master, and workers of one processor each.
pub struct Cluster<'a> {
    spark: &'a Spark,
    folder: PathBuf,
    url: String,
    _master: Running,
    workers: Vec<(Running, PathBuf)>,
    begun: usize,
}

impl<'a> Cluster<'a> {
    /// Starts one with two workers.
    pub fn start(spark: &'a Spark, folder: &Path) -> Cluster<'a> {
        let mut command = spark.command("spark-class", folder);
        command.args(["org.apache.spark.deploy.master.Master", "--host", "127.0.0.1"]);
        command.args(["--port", "0", "--webui-port", "0"]);
        let master = Running::start(command, folder.join("master.log"));
        let mut url = None;
        wait("a master", &master.log.clone(), || {
            let said = master.said();
            url = said.split_whitespace().find(|word| word.starts_with("spark://")).map(str::to_owned);
            url.is_some()
        });
        let url = url.expect("an address");
        let mut cluster =
            Cluster { spark, folder: folder.to_owned(), url, _master: master, workers: Vec::new(), begun: 0 };
        cluster.fill();
        cluster
    }

    /// Starts workers until there are two.
    pub fn fill(&mut self) {
        let before = self.workers.len();
        while self.workers.len() < 2 {
            self.begun += 1;
            let disk = self.folder.join(format!("worker-{}", self.begun));
            fs::create_dir(&disk).expect("a folder");
            let mut command = self.spark.command("spark-class", &disk);
            command.args(["org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--port", "0"]);
            command.args(["--webui-port", "0", "--cores", "1", "--memory", "1g", "--work-dir"]);
            command.arg(&disk).arg(&self.url);
            self.workers.push((Running::start(command, disk.with_extension("log")), disk));
        }
        for (worker, _) in &self.workers[before..] {
            wait("a worker", &worker.log, || worker.said().contains("Successfully registered with master"));
        }
    }

    /// Kills a worker with its executors and all that they run, and takes its disk.
    pub fn lose_a_worker(&mut self) {
        let (mut worker, disk) = self.workers.remove(0);
        worker.kill();
        // What still runs of it may be writing there: it is taken as far as it goes.
        let _ = fs::remove_dir_all(disk);
    }

    /// Hands in a script with its arguments; the program travels with it.
    pub fn submit(&self, script: &Path, program: &Path, arguments: &[&Path]) -> Running {
        let mut command = self.spark.command("spark-submit", &self.folder);
        command.args(["--master", &self.url, "--total-executor-cores", "2", "--executor-memory", "512m"]);
        for setting in [
            "spark.driver.host=127.0.0.1",
            "spark.driver.bindAddress=127.0.0.1",
            "spark.ui.enabled=false",
            // What a lost machine had on its disk is lost: no worker reads the disk of another, though here they could.
            "spark.shuffle.readHostLocalDisk=false",
            "spark.shuffle.io.maxRetries=1",
            // Nothing begins before both workers are there.
            "spark.scheduler.minRegisteredResourcesRatio=1",
            "spark.scheduler.maxRegisteredResourcesWaitingTime=240s",
        ] {
            command.args(["--conf", setting]);
        }
        command.args(["--driver-memory", "512m", "--files"]).arg(program).arg(script).args(arguments);
        let number = fs::read_dir(&self.folder).expect("a folder").count();
        Running::start(command, self.folder.join(format!("driver-{number}.log")))
    }
}

/// Waits until something is the case, as long as the log of it grows.
pub fn wait(what: &str, log: &Path, mut holds: impl FnMut() -> bool) {
    let (mut said, mut since) = (0, Instant::now());
    while !holds() {
        let all = fs::read(log).expect("a log");
        if all.len() > said {
            (said, since) = (all.len(), Instant::now());
        }
        assert!(since.elapsed() < PATIENCE, "no {what}:\n{}", String::from_utf8_lossy(&all));
        thread::sleep(Duration::from_millis(100));
    }
}
