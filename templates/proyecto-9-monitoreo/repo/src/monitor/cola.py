"""La cola de tareas (R4): Celery, con Redis en medio.

Son dos procesos más, que comparten la base de datos con la web:

    uv run celery -A monitor.cola worker -l INFO
    uv run celery -A monitor.cola beat -l INFO

beat pide una ronda cada RONDA_SEGUNDOS; los workers la hacen. Por hacer:

- una tarea que busque a quién le toca y ponga en la cola una comprobación por cada uno;
- la tarea que comprueba, que reintenta lo que sale mal y que no hace nada si alguien ya
  la hizo: una cola entrega a veces dos veces lo mismo;
- que la tarea de un worker que muere pase a otro (task_acks_late y
  task_reject_on_worker_lost; visibility_timeout, unacked_restore_interval y
  unacked_restore_throttle, en broker_transport_options);
- que beat las pida (beat_schedule).

Se aprende en: 5.4 Message Queues y Tareas Asíncronas · Celery
"""

from celery import Celery

from monitor.ajustes import Ajustes

ajustes = Ajustes()
app = Celery("monitor", broker=ajustes.redis_url)
app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True)
